//! `--name value` flags, enough for the examples.

use std::collections::HashMap;
use std::str::FromStr;

pub struct Flags(HashMap<String, String>);

/// Pairs of `--name value`; anything else is an error that shows it.
pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Flags, String> {
    let mut flags = HashMap::new();
    while let Some(argument) = arguments.next() {
        match (argument.strip_prefix("--"), arguments.next()) {
            (Some(name), Some(value)) => flags.insert(name.to_owned(), value),
            _ => return Err(format!("--name value expected at {argument:?}")),
        };
    }
    Ok(Flags(flags))
}

impl Flags {
    pub fn get<T: FromStr>(&self, name: &str) -> Result<T, String> {
        let value = self.0.get(name).ok_or(format!("--{name} is missing"))?;
        value
            .parse()
            .map_err(|_| format!("--{name} {value}: not understood"))
    }

    pub fn get_or<T: FromStr>(&self, name: &str, default: &str) -> Result<T, String> {
        let value = self.0.get(name).map_or(default, String::as_str);
        value
            .parse()
            .map_err(|_| format!("--{name} {value}: not understood"))
    }
}
