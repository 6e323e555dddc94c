//! Where in a log's paths the service begins.

use std::collections::BTreeMap;

/// Where paths end that only datagrepper has; the longer of two before what it ends with.
const ENDS: [&str; 8] = [
    "/v2/search",
    "/v2/id",
    "/raw",
    "/id",
    "/messagecount",
    "/widget.js",
    "/healthz/ready",
    "/healthz/live",
];

/// The prefix, such as `/datagrepper` or nothing, that most requests have before paths of datagrepper; `None` where there are none.
pub fn detect<'a>(targets: impl Iterator<Item = (&'a str, u64)>) -> Option<String> {
    let mut votes = BTreeMap::<&str, u64>::new();
    for (target, times) in targets {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let prefix = ENDS.iter().find_map(|end| path.strip_suffix(end));
        if let Some(prefix) = prefix {
            *votes.entry(prefix.trim_end_matches('/')).or_default() += times;
        }
    }
    let most = votes.into_iter().max_by_key(|(_, votes)| *votes);
    most.map(|(prefix, _)| prefix.to_owned())
}

/// What of a target stands behind the prefix; `None` for all that is elsewhere.
pub fn below<'a>(target: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = target.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_point_is_where_most_paths_begin() {
        let detected = |targets: &[&str]| detect(targets.iter().map(|target| (*target, 1)));
        let mixed = [
            "/datagrepper/raw?user=x",
            "/datagrepper//v2/id?id=1",
            "/raw",
            "/",
            "/wiki/id",
        ];
        assert_eq!(detected(&mixed).as_deref(), Some("/datagrepper"));
        assert_eq!(
            detected(&["/raw/", "//raw", "/v2/search"]).as_deref(),
            Some("")
        );
        assert_eq!(detected(&["/wiki", "/rawhide"]), None);
    }

    #[test]
    fn only_whole_segments_are_below() {
        assert_eq!(below("/datagrepper/raw?a", "/datagrepper"), Some("/raw?a"));
        assert_eq!(below("/datagrepper", "/datagrepper/"), Some(""));
        assert_eq!(below("/datagrepper?a", "/datagrepper"), Some("?a"));
        assert_eq!(below("/datagreppers/raw", "/datagrepper"), None);
        assert_eq!(below("/raw", ""), Some("/raw"));
    }
}
