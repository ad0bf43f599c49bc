//! `generate PROTO_FOLDER OUT_FOLDER`: makes the messages and stubs of the crate from proto/, with the protoc that is there.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [protos, out] = arguments.as_slice() else {
        return Err(std::io::Error::other("usage: generate PROTO_FOLDER OUT_FOLDER"));
    };
    std::fs::create_dir_all(out)?;
    let files: Vec<PathBuf> = ["types", "gateway_service", "worker_service", "admin_service"]
        .map(|name| protos.join(format!("gatewayworker/v1/{name}.proto")))
        .into();
    tonic_prost_build::configure()
        .bytes(".")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .generate_default_stubs(true)
        .out_dir(out)
        .compile_protos(&files, std::slice::from_ref(protos))
}
