//! The broker's side: connections, what flows over them, and the deliveries that wait for an answer.

pub mod beginning;
pub mod certificates;
pub mod connection;
pub mod consumer;
pub mod extent;
pub mod filling;
pub mod intake;
mod limits;
mod management;
mod network;
mod outlook;
pub mod place;
pub mod publisher;
pub mod queue;
mod retries;
mod returned;
pub mod session;
pub mod settle;
pub mod stream;
mod subscription;
pub mod tls;
mod window;
mod wire;

#[cfg(test)]
mod tests {
    /// What `wire` and `network` lean on is the inside of these, at these versions.
    const LOOKED_INTO: [(&str, &str); 4] = [
        ("amq-protocol", "10.6."),
        ("amq-protocol-types", "10.6."),
        ("async-rs", "0.8."),
        ("lapin", "4.12."),
    ];

    #[test]
    fn the_client_library_is_the_one_that_was_looked_into() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
        let lock: toml::Table = std::fs::read_to_string(path)
            .expect("readable")
            .parse()
            .expect("TOML");
        let packages = lock["package"].as_array().expect("packages");
        for (name, looked_into) in LOOKED_INTO {
            let versions = packages
                .iter()
                .filter(|package| package["name"].as_str() == Some(name))
                .filter_map(|package| package["version"].as_str());
            let versions: Vec<&str> = versions.collect();
            assert!(
                matches!(versions[..], [version] if version.starts_with(looked_into)),
                "{name} is {versions:?} and no longer {looked_into}*: see whether short texts must \
                 still be UTF-8 and tables may be nested without bound (bus/wire.rs), and whether the \
                 library still takes a stream of ours and uses nothing but the clock of our reactor \
                 (bus/network.rs); then write the new version here"
            );
        }
    }
}
