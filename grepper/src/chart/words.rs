//! Words of a request that each stand for one of a few things.

/// A word that names no kind, style or interpolation: which there are.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("one of {0}")]
pub struct Unknown(pub String);

/// Declares an enum whose variants are written as the given words.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The word for it in a request.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::chart::words::Unknown;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.word() == word).ok_or_else(|| {
                    let all: Vec<&str> = Self::ALL.iter().map(|one| one.word()).collect();
                    $crate::chart::words::Unknown(all.join(", "))
                })
            }
        }
    };
}
pub(crate) use words;
