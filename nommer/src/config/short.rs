//! Texts that AMQP sends with their length in one byte: the client library panics at longer ones.

/// Fails if a name (of a queue, an exchange, a virtual host, an argument) or a routing key is longer than AMQP takes.
pub fn check(text: &str) -> Result<(), &'static str> {
    match text.len() {
        ..=255 => Ok(()),
        _ => Err("longer than 255 bytes"),
    }
}
