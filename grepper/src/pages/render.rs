//! Templates as text.

/// The text of a template.
pub fn render(template: &impl askama::Template) -> String {
    // Templates fail only where the values shown in them do; ours are strings and numbers.
    template.render().unwrap_or_default()
}
