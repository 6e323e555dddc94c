//! The filters of a search, a row for each.
//!
//! Parsing, the echo of what was asked, the search form and the series of charts all walk this table, so that another
//! filter is another row.

use archive::{Dimension, Match, Search};

/// A filter, and under which names clients know it.
pub struct Filter {
    /// What the archive finds by it.
    dimension: Dimension,
    /// The parameter of values of which a message must have one.
    pub name: &'static str,
    /// The parameter of values of which a message must have none.
    pub not_name: &'static str,
    /// The label of its field in the search form.
    pub label: &'static str,
    /// Whether the echo has it in any case, as that of the incumbent has; else only where it is asked for.
    is_always_echoed: bool,
    /// Its place among the filters of the search form.
    form_place: u8,
}

impl Filter {
    /// What the echo calls the values of `name`, and `split_on` the filter.
    pub fn plural(&self) -> &'static str {
        self.dimension.name()
    }

    /// What the echo calls the values of `not_name`.
    pub fn not_plural(&self) -> String {
        format!("not_{}", self.plural())
    }

    /// The values of this filter in a search.
    pub fn of<'a>(&self, search: &'a Search) -> &'a Match {
        &search.filters[self.dimension]
    }

    /// Whether the archive finds this by the filter.
    pub fn is_of(&self, dimension: Dimension) -> bool {
        self.dimension == dimension
    }

    /// Whether the echo of a search has this filter.
    pub fn is_echoed(&self, search: &Search) -> bool {
        self.is_always_echoed || *self.of(search) != Match::default()
    }

    /// The values of this filter in a search, to be changed.
    pub fn of_mut<'a>(&self, search: &'a mut Search) -> &'a mut Match {
        &mut search.filters[self.dimension]
    }
}

/// Whether a parameter says which messages a search finds, but for when they were sent.
pub fn is_filter(name: &str) -> bool {
    let mut filters = FILTERS.iter();
    name == "contains" || filters.any(|filter| filter.name == name || filter.not_name == name)
}

/// All filters, in the order of the echo.
pub const FILTERS: [Filter; Dimension::ALL.len()] = [
    Filter {
        dimension: Dimension::Users,
        name: "user",
        not_name: "not_user",
        label: "User",
        is_always_echoed: true,
        form_place: 2,
    },
    Filter {
        dimension: Dimension::Packages,
        name: "package",
        not_name: "not_package",
        label: "Package",
        is_always_echoed: true,
        form_place: 3,
    },
    Filter {
        dimension: Dimension::Categories,
        name: "category",
        not_name: "not_category",
        label: "Category",
        is_always_echoed: true,
        form_place: 0,
    },
    Filter {
        dimension: Dimension::Topics,
        name: "topic",
        not_name: "not_topic",
        label: "Topic",
        is_always_echoed: true,
        form_place: 1,
    },
    Filter {
        dimension: Dimension::Agents,
        name: "agent",
        not_name: "not_agent",
        label: "Agent",
        is_always_echoed: true,
        form_place: 4,
    },
    Filter {
        dimension: Dimension::Subjects,
        name: "subject",
        not_name: "not_subject",
        label: "Subject",
        is_always_echoed: false,
        form_place: 5,
    },
];

/// All filters, in the order of the search form.
pub fn in_form() -> Vec<&'static Filter> {
    const ROWS: &[Filter] = &FILTERS;
    let mut filters: Vec<&Filter> = ROWS.iter().collect();
    filters.sort_by_key(|filter| filter.form_place);
    filters
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../docs/grepper.md");

    #[test]
    fn the_guide_names_every_filter() {
        for filter in &FILTERS {
            for word in [filter.name, filter.not_name, filter.plural()] {
                assert!(GUIDE.contains(&format!("`{word}`")), "{word}");
            }
        }
    }

    #[test]
    fn every_dimension_has_a_filter() {
        assert_eq!(FILTERS.each_ref().map(|row| row.dimension), Dimension::ALL);
        for filter in &FILTERS {
            assert_eq!(filter.not_name, format!("not_{}", filter.name));
        }
    }

    #[test]
    fn every_filter_has_a_list_and_a_place_of_its_own() {
        let mut search = Search::default();
        for filter in &FILTERS {
            assert_eq!(filter.of(&search), &Match::default(), "{}", filter.name);
            filter.of_mut(&mut search).any.push(filter.name.to_owned());
            assert_eq!(filter.of(&search).any, [filter.name]);
        }
        let names = |filters: Vec<&'static Filter>| filters.iter().map(|row| row.name).collect();
        let form: Vec<&str> = names(in_form());
        assert_eq!(
            form,
            ["category", "topic", "user", "package", "agent", "subject"]
        );
    }
}
