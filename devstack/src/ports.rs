//! Free TCP ports.

use std::collections::hash_map::RandomState;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use nix::fcntl::{Flock, FlockArg};

/// The lowest port to give away; below it are too many well-known services.
const LOWEST: u16 = 15_000;

/// A TCP port of 127.0.0.1 that nobody listens on at this moment, and that no other process is given by this
/// function while this one lives: a server takes seconds until it listens.
///
/// It lies below the ports that the kernel hands to outgoing connections, if
/// possible. A client that keeps trying to reach a stopped server would otherwise
/// be given the very port it tries to connect to, now and then, and then neither
/// fail nor let the server have its port back.
///
/// # Errors
/// When there is no free port.
pub fn free_port() -> Result<u16> {
    let highest = first_outgoing_port().filter(|first| *first > LOWEST + 1000);
    if let Some(highest) = highest {
        for _ in 0..100 {
            let random = RandomState::new().build_hasher().finish();
            let port = LOWEST + (random % u64::from(highest - LOWEST)) as u16;
            if is_free(port) && reserve(port) {
                return Ok(port);
            }
        }
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("finding a free port")?;
    Ok(listener.local_addr()?.port())
}

/// Whether the port is from now on this process's; also where there is no telling.
fn reserve(port: u16) -> bool {
    static RESERVED: Mutex<Vec<Flock<File>>> = Mutex::new(Vec::new());
    let folder = std::env::temp_dir().join("devstack-ports");
    let _ = fs::create_dir_all(&folder);
    let Ok(file) = File::create(folder.join(port.to_string())) else {
        return true;
    };
    let Ok(lock) = Flock::lock(file, FlockArg::LockExclusiveNonblock) else {
        return false;
    };
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    reserved.push(lock);
    true
}

/// Whether nobody listens on `port`.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn first_outgoing_port() -> Option<u16> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    range.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_reserved_once() {
        let port = free_port().expect("a port");
        assert!(is_free(port));
        assert!(!reserve(port), "twice");
    }
}
