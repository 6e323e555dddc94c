//! The forms that make charts and widgets.

use crate::{ask, header, start, status};

#[test]
fn charts_and_widgets_are_made_by_forms() {
    let port = start(&["--base-path=/d", "--base-url=https://h/d"]);
    for (path, texts) in [
        (
            "/d/charts/?user=a%3Cb&kind=dot",
            &[
                "name=\"user\" value=\"a&#60;b\" id=\"in-user\"",
                "value=\"dot\" checked",
                "src=\"/d/charts/dot?title=a%3Cb&#38;user=a%3Cb&#38;delta=2592000&#38;align=day&#38;height=400&#38;style=auto\" alt=\"a&#60;b\" width=\"800\" height=\"400\"",
                "href=\"/d/raw?user=a%3Cb&#38;delta=2592000\"",
                "alt=&#34;a&#38;lt;b&#34; width=&#34;800&#34;",
                "[![a&#60;b](https://h/d/charts/dot?",
                "<option value=\"auto\" selected>",
                "<option value=\"day\" selected>",
                "#horizontalstackedbar\"",
            ][..],
        ),
        (
            "/d/charts/?N=7&style=neon&width=400&height=50",
            &[
                "&#38;N=7&#38;",
                "width=\"400\" height=\"50\"",
                "<option value=\"7\" selected>",
                "<option value=\"neon\" selected>",
                "<details open><summary>Look",
            ],
        ),
        (
            "/d/widget/?user=%22x&icons=true&empty=none",
            &[
                "src=&#34;https://h/d/widget.js?css=true&#34;\n        data-user=&#34;&#38;quot;x&#34;\n        data-rows_per_page=&#34;10&#34;\n        data-empty=&#34;none&#34;\n        data-icons=&#34;true&#34;",
                "<script src=\"/d/widget.js?css=true\"\n        data-user=\"&quot;x\"\n        data-rows_per_page=\"10\"\n        data-empty=\"none\"></script>",
            ],
        ),
        ("/d/widget/?css=false", &["<script src=\"/d/widget.js\"\n"]),
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(status(&answer), 200, "{path}: {answer}");
        for text in texts {
            assert!(answer.contains(text), "{path}: {text} in {answer}");
        }
    }
    for (path, location) in [
        (
            "/d/charts/?kind=bar&user=+a+&user=&delta=2592000&align=day&style=auto",
            "https://h/d/charts/?kind=bar&user=a",
        ),
        (
            "/d/charts/?align=week&N=3",
            "https://h/d/charts/?align=week",
        ),
        (
            "/d/widget/?rows_per_page=10&order=desc&user=+a",
            "https://h/d/widget/?user=a",
        ),
    ] {
        let answer = ask(port, "GET", path, &[]);
        let leads_to = header(&answer, "location");
        assert_eq!((status(&answer), leads_to), (303, Some(location)));
    }
    for (path, name, allowed) in [
        ("/d/charts/?N=99&user=x", "align", "an integer from 3 to 15"),
        (
            "/d/charts/?start=soon&user=x",
            "start",
            "seconds since 1970",
        ),
        ("/d/charts/?style=loud&user=x", "style", "one of auto, blue"),
        ("/d/charts/?kind=cake&user=x", "kind", "one of line,"),
        (
            "/d/widget/?rows_per_page=x&user=x",
            "rows_per_page",
            "an integer from 1 to 100",
        ),
    ] {
        let answer = ask(port, "GET", path, &[]);
        assert_eq!(status(&answer), 400, "{path}");
        let place = format!("href=\"#in-{name}\"");
        let field = format!("id=\"in-{name}\"");
        for text in [
            place.as_str(),
            &field,
            allowed,
            "value=\"x\"",
            "id=\"fault\"",
        ] {
            assert!(answer.contains(text), "{path}: {text} in {answer}");
        }
        assert!(!answer.contains("<img"), "{path}");
    }
}
