//! docs/configuration.md, made of what the programs accept: nommer's table of keys, and the definitions of both command
//! lines.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use grepper::config::settings::CommandLine;
use nommer::commands::command_line::Cli;
use nommer::config::keys::{SECTIONS, Setting};

const OPENING: &str = "\
# Configuration

All settings of nommer and grepper.
This page is made of what the programs themselves accept: `SNAPSHOTS=overwrite cargo test -p reference` writes it anew.
[nommer.md](nommer.md) and [grepper.md](grepper.md) say what the programs do with them.

";

const OF_NOMMER: &str = "\
## nommer's configuration file

Where the file is, what goes over it and a sample are told [there](nommer.md#settings).

";

const OF_COMMANDS: &str = "\
## nommer's commands

Each takes what `nommer` takes.

";

const OF_GREPPER: &str = "\
## grepper's settings

A flag goes over its variable, that over the key of the file, and that over the default.

| Flag | Variable | Key | Default | Meaning |
|---|---|---|---|---|
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = OPENING.to_owned() + OF_NOMMER;
    for section in &SECTIONS {
        let title = if section.name.is_empty() {
            "Top level".to_owned()
        } else {
            format!("`{}`", section.name)
        };
        let _ = writeln!(page, "### {title}\n\n{}\n", section.meaning);
        if !section.keys.is_empty() {
            page += "| Key | Default | Limits | Meaning |\n|---|---|---|---|\n";
            section.keys.iter().for_each(|key| page += &row_of_key(key));
            page.push('\n');
        }
    }
    page += OF_COMMANDS;
    let mut nommer = Cli::command();
    nommer.build();
    tell_command(&mut page, &nommer, "nommer");
    page += OF_GREPPER;
    let grepper = CommandLine::command();
    for option in grepper.get_arguments().filter(|option| is_setting(option)) {
        page += &row_of_setting(option);
    }
    page
}

fn row_of_key(key: &Setting) -> String {
    let limits = key.limits.as_ref();
    let limits = limits.map(|limits| format!("{} to {}", limits.start(), limits.end()));
    row(&[
        format!("`{}`", key.name),
        key.default.to_owned(),
        limits.unwrap_or_default(),
        key.meaning.to_owned(),
    ])
}

/// A table of what a command takes, and then its commands.
fn tell_command(page: &mut String, command: &Command, name: &str) {
    let is_nommer = name == "nommer";
    let options = command.get_arguments();
    let own: Vec<&Arg> = options
        .filter(|option| is_setting(option) && (is_nommer || !option.is_global_set()))
        .collect();
    if !own.is_empty() {
        let _ = writeln!(
            page,
            "### {name}\n\n| Option | Default | Meaning |\n|---|---|---|"
        );
        for option in own {
            let (meaning, default) = meaning_and_default(option);
            *page += &row(&[names(option), default, meaning]);
        }
        page.push('\n');
    }
    for command in command.get_subcommands() {
        if command.get_name() != "help" {
            tell_command(page, command, &format!("{name} {}", command.get_name()));
        }
    }
}

fn row_of_setting(option: &Arg) -> String {
    let (meaning, default) = meaning_and_default(option);
    let variable = option.get_env().map(|variable| variable.to_string_lossy());
    let flag = option.get_long().expect("a flag");
    let key = match flag {
        // It names the file.
        "config" => String::new(),
        flag => format!("`{}`", flag.replace('-', "_")),
    };
    row(&[
        format!("`--{flag}`"),
        variable.map_or_else(String::new, |variable| format!("`{variable}`")),
        key,
        default,
        meaning,
    ])
}

fn is_setting(option: &Arg) -> bool {
    !option.is_hide_set() && !["help", "version"].contains(&option.get_id().as_str())
}

/// What an option is called, with the value that it takes.
fn names(option: &Arg) -> String {
    let values = option.get_value_names().unwrap_or_default();
    let takes_value = option.get_action().takes_values();
    let value = match values.first() {
        Some(value) if takes_value => format!(" {value}"),
        _ => String::new(),
    };
    let aliases = option.get_visible_aliases().unwrap_or_default();
    let long = option.get_long().into_iter().chain(aliases);
    let mut names: Vec<String> = long.map(|long| format!("`--{long}{value}`")).collect();
    names.extend(option.get_short().map(|short| format!("`-{short}{value}`")));
    if option.is_positional() {
        names.push(format!("`{}`", value.trim()));
    }
    names.join(", ")
}

/// What it is for, and what holds without it, which stands in brackets at the end where the program finds it out.
fn meaning_and_default(option: &Arg) -> (String, String) {
    let help = option
        .get_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let (meaning, told) = match help.split_once(" [default: ") {
        Some((meaning, rest)) => (
            meaning.to_owned(),
            rest.split(']').next().map(str::to_owned),
        ),
        None => (help, None),
    };
    let known = option.get_default_values().first();
    let known = known.filter(|_| option.get_action().takes_values());
    let default = told.or_else(|| known.map(|value| value.to_string_lossy().into_owned()));
    let possible = option.get_possible_values();
    let values: Vec<&str> = possible
        .iter()
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    let meaning = match option.get_action().takes_values() && !values.is_empty() {
        true => format!("{meaning}: {}", values.join(", ")),
        false => meaning,
    };
    (meaning, default.unwrap_or_default())
}

fn row(cells: &[String]) -> String {
    // A bar would end the cell.
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', " or ")).collect();
    format!("| {} |\n", cells.join(" | "))
}
