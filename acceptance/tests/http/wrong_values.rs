//! Each endpoint and each of its parameters with a wrong value: refused by name, or as clients know it.

use crate::own_database;
use crate::support::programs::Grepper;

/// What comes of a wrong value.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// A refusal in JSON, with this status, that names the parameter, the value and what is allowed.
    Named(u16),
    /// 400, with the page that clients have always got, which holds this.
    Page(&'static str),
    /// The answer is that without the parameter.
    Default,
}

use Outcome::{Default, Named, Page};

const TIMES: [(&str, &str, Outcome); 5] = [
    ("start", "yesterdayish", Named(400)),
    ("end", "2024-02-30", Named(400)),
    ("end", "nan", Named(400)),
    ("delta", "aday", Named(400)),
    ("delta", "", Named(400)),
];

const FILTERS: [(&str, &str, Outcome); 11] = [
    ("user", "%00", Named(400)),
    ("package", "%00", Named(400)),
    ("category", "%00", Named(400)),
    ("topic", "%00", Named(400)),
    ("agent", "%00", Named(400)),
    ("not_user", "%00", Named(400)),
    ("not_package", "%00", Named(400)),
    ("not_category", "%00", Named(400)),
    ("not_topic", "%00", Named(400)),
    ("not_agent", "%00", Named(400)),
    ("contains", "x", Page("When using contains")),
];

const SEARCH: [(&str, &str, Outcome); 13] = [
    ("page", "abc", Named(400)),
    ("page", "99999999999999999999999", Named(400)),
    ("page", "0", Page("page must be")),
    ("rows_per_page", "abc", Named(400)),
    ("rows_per_page", "", Named(400)),
    ("rows_per_page", "0", Named(400)),
    ("rows_per_page", "-1", Named(400)),
    ("rows_per_page", "101", Page("rows_per_page must be")),
    ("order", "up", Page("order must be")),
    ("size", "tiny", Page("size must be")),
    ("meta", "nope", Named(400)),
    ("callback", "alert(1)", Named(400)),
    ("chrome", "maybe", Default),
];

const MESSAGE: [(&str, &str, Outcome); 5] = [
    ("size", "tiny", Named(400)),
    ("meta", "nope", Named(400)),
    ("callback", "alert(1)", Named(400)),
    ("chrome", "maybe", Default),
    ("is_raw", "maybe", Default),
];

const CHART: [(&str, &str, Outcome); 16] = [
    ("N", "99", Named(400)),
    ("N", "many", Named(400)),
    ("split_on", "os", Named(400)),
    ("style", "bogus", Named(404)),
    ("style", "", Named(404)),
    ("interpolation", "linear", Named(404)),
    ("width", "wide", Default),
    ("width", "49", Default),
    ("height", "high", Default),
    ("height", "4001", Default),
    ("human_readable", "maybe", Default),
    ("show_x_labels", "maybe", Default),
    ("show_y_labels", "maybe", Default),
    ("show_dots", "maybe", Default),
    ("logarithmic", "maybe", Default),
    ("fill", "maybe", Default),
];

#[test]
fn each_wrong_value_is_refused_by_name_or_as_clients_know_it() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let search = [&TIMES[..], &FILTERS, &SEARCH].concat();
    let chart = [&TIMES[..], &FILTERS, &CHART].concat();
    for (path, parameters) in [
        ("/raw?", &search[..]),
        ("/v2/search?", &search),
        ("/id?id=2024-0000", &MESSAGE),
        ("/v2/id?id=2024-0000", &MESSAGE),
        ("/charts/line?", &chart),
        ("/charts/gauge?", &chart),
    ] {
        for (parameter, value, outcome) in parameters {
            let asked = format!("{path}&{parameter}={value}");
            let answer = grepper.get(&asked);
            let body = &answer.body;
            match outcome {
                Named(status) => {
                    assert_eq!(answer.status, *status, "{asked}: {body}");
                    let body = answer.json();
                    let given = value.replace("%00", "\0");
                    assert_eq!(
                        (&body["parameter"], &body["given"]),
                        (&(*parameter).into(), &given.into()),
                        "{asked}"
                    );
                    assert!(
                        body["allowed"]
                            .as_str()
                            .is_some_and(|text| !text.is_empty()),
                        "{asked}: {body}"
                    );
                }
                Page(part) => assert!(
                    answer.status == 400 && body.contains(part),
                    "{asked}: {body}"
                ),
                Default => assert_eq!(answer.status, 200, "{asked}: {body}"),
            }
        }
    }
    assert_eq!(grepper.get("/id?id=%00").json()["parameter"], "id");
    let kind = grepper.get("/charts/pie").json();
    assert_eq!(
        (&kind["error"], &kind["parameter"]),
        (&"not_found".into(), &"type".into()),
        "{kind}"
    );
}

#[test]
fn a_chart_has_sides_of_50_to_4000_pixels_whatever_is_asked() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    for (asked, drawn) in [
        ("-1", 50),
        ("49", 50),
        ("51", 51),
        ("4001", 4000),
        ("wide", 800),
        ("", 800),
    ] {
        let chart = grepper.get(&format!("/charts/line?width={asked}")).body;
        assert!(chart.contains(&format!("width=\"{drawn}\"")), "{asked}");
    }
}
