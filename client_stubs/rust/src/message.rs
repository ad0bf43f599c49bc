//! Messages to clients.

use bytes::Bytes;

use crate::v1;
use crate::v1::message::Payload;

/// A message to clients. Text and bytes are messages: where one is taken, `"text"` or `vec![1, 2]` will do.
///
/// A Gateway puts either into a WebSocket *text* frame, and browsers close at one that is not UTF-8: binary data goes to
/// them as [`Message::binary`].
///
/// ```
/// use gatewayworker::Message;
///
/// let text = Message::from("hi");
/// let binary = Message::binary([0xff, 0xfe]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(v1::Message);

impl Message {
    /// Bytes that a WebSocket client gets in a binary frame, and not in one of text.
    pub fn binary(data: impl AsRef<[u8]>) -> Self {
        Self::from(data.as_ref()).websocket_binary()
    }

    /// A WebSocket client gets a binary frame.
    pub fn websocket_binary(mut self) -> Self {
        self.0.websocket_binary = true;
        self
    }

    /// The Gateway writes the bytes to the client's socket as they are: for ready-made frames.
    pub fn raw(mut self) -> Self {
        self.0.raw = true;
        self
    }

    fn new(payload: Payload) -> Self {
        Self(v1::Message { raw: false, websocket_binary: false, payload: Some(payload) })
    }

    pub(crate) fn into_proto(self) -> v1::Message {
        self.0
    }

    pub(crate) fn size(&self) -> usize {
        match &self.0.payload {
            Some(Payload::Data(data)) => data.len(),
            Some(Payload::Text(text)) => text.len(),
            None => 0,
        }
    }
}

impl From<Bytes> for Message {
    fn from(data: Bytes) -> Self {
        Self::new(Payload::Data(data))
    }
}

impl From<&Bytes> for Message {
    fn from(data: &Bytes) -> Self {
        data.clone().into()
    }
}

impl From<Vec<u8>> for Message {
    fn from(data: Vec<u8>) -> Self {
        Bytes::from(data).into()
    }
}

impl From<&[u8]> for Message {
    fn from(data: &[u8]) -> Self {
        Bytes::copy_from_slice(data).into()
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    fn from(data: &[u8; N]) -> Self {
        data.as_slice().into()
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::new(Payload::Text(text))
    }
}

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_each_kind() {
        assert_eq!(Message::from("é").0.payload, Some(Payload::Text("é".into())));
        assert_eq!(Message::from("").0.payload, Some(Payload::Text(String::new())));
        for message in [Message::from(b"\xff"), Message::from(vec![0xff]), Message::from(&Bytes::from_static(b"\xff"))]
        {
            assert_eq!(message.0.payload, Some(Payload::Data(Bytes::from_static(b"\xff"))));
        }
        let binary = Message::binary([0xff]).into_proto();
        assert!(binary.websocket_binary && !binary.raw);
        assert!(Message::from("frame").raw().into_proto().raw);
        assert_eq!((Message::from("é").size(), Message::from(b"123").size()), (2, 3));
    }
}
