//! A PostgreSQL cluster under Patroni with etcd and HAProxy, and a RabbitMQ cluster, as operators run them on
//! several machines: here all on this one.

mod brokers;
mod etcd;
mod haproxy;
mod node;
mod node_processes;
mod patroni;
mod rest;

pub use brokers::start_brokers;
pub use etcd::Etcd;
pub use haproxy::HaProxy;
pub use node::Node;
pub use patroni::{PatroniCluster, missing_programs};
