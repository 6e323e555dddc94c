//! What the documents show as examples can be asked, and their pages lead to it.

use crate::own_database;
use crate::support::http::request;
use crate::support::programs::Grepper;

const DOCUMENTS: [(&str, &str); 2] = [
    ("/index/", include_str!("../../../docs/using.md")),
    ("/reference/", include_str!("../../../docs/grepper.md")),
];

/// The examples of a document: what stands in blocks of the kind `url`.
fn examples(markdown: &str) -> impl Iterator<Item = &str> {
    let blocks = markdown.split("```url\n").skip(1);
    blocks.map(|rest| rest.split_once("\n```").expect("an end").0)
}

#[test]
fn every_example_is_answered() {
    let arguments = ["--base-path", "/d", "--max-wait", "0"];
    let grepper = Grepper::start(&own_database::get().url, &arguments);
    let mut asked = 0;
    for (page, markdown) in DOCUMENTS {
        let url = format!("{}/d{page}", grepper.authority);
        let page = request("GET", &url, &[("Accept", "text/html")]).body;
        for example in examples(markdown) {
            let link = format!("href=\"/d{}\"", example.replace('&', "&amp;"));
            assert!(page.contains(&link), "{link} in {page}");
            let path = format!("/d{}", example.replace("&wait=60", "&wait=0"));
            let answer = grepper.get(&path);
            let expected: &[u16] = match example {
                // There may be no such message.
                id if id.starts_with("/v2/id?") => &[200, 404],
                "/packages/bash" => &[200, 404],
                topic if topic.starts_with("/topics/org.") => &[200, 404],
                find if find.starts_with("/find?") => &[200, 303],
                _ => &[200],
            };
            assert!(expected.contains(&answer.status), "{path}: {}", answer.body);
            asked += 1;
        }
    }
    assert!(asked >= 12, "{asked}");
}
