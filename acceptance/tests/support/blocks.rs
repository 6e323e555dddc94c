//! Blocks of pages that have a language and a name, so that what is shown is also run.

/// The blocks of a page that are written in this language, with their names.
pub fn blocks<'a>(page: &'a str, language: &str) -> Vec<(&'a str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some((written, name)) = info.split_once(' ')
            && written == language
        {
            blocks.push((name, text.join("\n") + "\n"));
        }
    }
    assert!(!blocks.is_empty(), "{language}");
    blocks
}

/// The block of this language and name.
#[track_caller]
pub fn block(page: &str, language: &str, name: &str) -> String {
    let found = blocks(page, language)
        .into_iter()
        .find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("no {language} {name}")).1
}
