//! The interface is built before the server and goes into it: a new interface makes a new server.
fn main() {
    println!("cargo:rerun-if-changed=../target/site");
    println!("cargo:rerun-if-changed=migrations");
}
