//! Lists of names as arguments.

/// One name or many: client_ids, uids, groups. An empty list is nobody.
pub trait OneOrMany {
    /// As a list.
    fn into_names(self) -> Vec<String>;
}

impl OneOrMany for &str {
    fn into_names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl OneOrMany for String {
    fn into_names(self) -> Vec<String> {
        vec![self]
    }
}

impl OneOrMany for &String {
    fn into_names(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<S: Into<String>> OneOrMany for Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<String> + Clone> OneOrMany for &[S] {
    fn into_names(self) -> Vec<String> {
        self.iter().cloned().map(Into::into).collect()
    }
}

impl<S: Into<String> + Clone> OneOrMany for &Vec<S> {
    fn into_names(self) -> Vec<String> {
        self.as_slice().into_names()
    }
}

impl<S: Into<String>, const N: usize> OneOrMany for [S; N] {
    fn into_names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many() {
        assert_eq!("a".into_names(), ["a"]);
        assert_eq!(String::from("a").into_names(), ["a"]);
        assert_eq!(["a", "b"].into_names(), ["a", "b"]);
        let many = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!((&many).into_names(), many.as_slice().into_names());
        assert_eq!(Vec::<String>::new().into_names(), [""; 0]);
    }
}
