//! Metrics as Prometheus reads them.

use hyper::header::{ACCEPT, HeaderMap, HeaderValue};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::page::Page;
use crate::process::Process;

const OPENMETRICS: &str = "application/openmetrics-text";
const AS_OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of a program, those of its process and its build among them.
#[derive(Debug)]
pub struct Exposition(Registry);

impl Exposition {
    /// Takes the metrics of a program, whose names begin with its own.
    pub fn new(mut registry: Registry, program: &str, version: &'static str) -> Self {
        let build = Info::new(vec![("version", version)]);
        registry.register(format!("{program}_build"), "Which build runs", build);
        registry.register_collector(Box::new(Process::starting()));
        Self(registry)
    }

    /// The page, in the format that the client asks for: OpenMetrics, or else the older text.
    pub fn page(&self, headers: &HeaderMap<HeaderValue>) -> Page {
        let asked = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut kinds = asked.flat_map(|accept| accept.split(','));
        let is_open = kinds.any(|kind| kind.trim_start().starts_with(OPENMETRICS));
        let mut body = String::new();
        let (content_type, written) = if is_open {
            (AS_OPENMETRICS, text::encode(&mut body, &self.0))
        } else {
            let written = prometheus_text::encode(&mut body, &self.0);
            (prometheus_text::CONTENT_TYPE, written)
        };
        match written {
            Ok(()) => Page {
                status: 200,
                content_type,
                body,
            },
            Err(_) => Page::text(500, "a metric cannot be written\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    fn page(accept: &'static str) -> Page {
        let mut registry = Registry::default();
        let fed: Counter = Counter::default();
        registry.register("zoo_fed", "Animals that were fed", fed.clone());
        fed.inc_by(3);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Exposition::new(registry, "zoo", "1.2.3").page(&headers)
    }

    #[test]
    fn both_formats_tell_the_same() {
        let old = page("*/*");
        assert_eq!(old.content_type, "text/plain; version=0.0.4; charset=utf-8");
        assert!(
            old.body
                .contains("# TYPE zoo_fed_total counter\nzoo_fed_total 3\n")
        );
        assert!(!old.body.contains("# EOF"));
        let new = page("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assert_eq!(new.content_type, AS_OPENMETRICS);
        assert!(
            new.body
                .contains("# TYPE zoo_fed counter\nzoo_fed_total 3\n")
        );
        assert!(new.body.ends_with("# EOF\n"));
        for body in [old.body, new.body] {
            assert!(
                body.contains("zoo_build_info{version=\"1.2.3\"} 1\n"),
                "{body}"
            );
            for name in [
                "process_cpu_seconds_total",
                "process_resident_memory_bytes",
                "process_virtual_memory_bytes",
                "process_open_fds",
                "process_max_fds",
                "process_threads",
                "process_start_time_seconds",
            ] {
                let line = body.lines().find(|line| line.starts_with(name));
                let value = line.and_then(|line| line.split(' ').nth(1)).expect(name);
                assert!(
                    value.parse::<f64>().expect(value) > 0.0 || name.contains("cpu"),
                    "{name} {value}"
                );
            }
        }
    }
}
