//! What search engines of the web are told: an archive is a maze without an end to them.

/// Paths of searches.
const SEARCHES: [&str; 2] = ["/raw", "/v2/search"];
/// Lists of which each order and part has an address of its own.
const LISTS: [&str; 3] = ["/topics", "/categories", "/packages"];
/// Forms whose address is what they make.
const BUILDERS: [&str; 2] = ["/charts", "/widget"];
/// Where pages about people lie.
const PEOPLE: &str = "/users/";

/// Whether a page, at a path below the root, is not to be found by search engines: what is asked for by filters, of which
/// there is no end, and what is about a person.
pub fn is_hidden(path: &str, query: &str) -> bool {
    let path_alone = path.trim_end_matches('/');
    let all = [&SEARCHES[..], &LISTS, &BUILDERS].concat();
    let is_search = all.contains(&path_alone);
    path.starts_with(PEOPLE) || is_search && !query.is_empty()
}

/// The text of `robots.txt` for a site that lies below `root`.
pub fn robots_txt(root: &str) -> String {
    let mut text = "User-agent: *\n".to_owned();
    for path in [
        "/*callback=",
        "/*contains=",
        "/*not_",
        "/*page=",
        "/charts/*?",
        "/find?",
        "/v2/digest",
        "/v2/pulse",
    ] {
        text.extend(["Disallow: ", root, path, "\n"]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_and_people_are_not_found() {
        for (path, query, expected) in [
            ("/raw", "", false),
            ("/raw", "user=a", true),
            ("/v2/search/", "page=2", true),
            ("/v2/id", "id=x", false),
            ("/index/", "x=1", false),
            ("/charts/", "", false),
            ("/charts/", "user=a", true),
            ("/topics/", "", false),
            ("/topics/", "sort=last", true),
            ("/users/ann", "", true),
        ] {
            assert_eq!(is_hidden(path, query), expected, "{path}?{query}");
        }
        assert!(robots_txt("/d").contains("\nDisallow: /d/charts/*?\n"));
    }
}
