//! The releases that packages are built for, and the tags through which builds come to users.

/// A release, with its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Release {
    Fedora(u64),
    /// What becomes the next Fedora; nobody composes updates of it.
    Rawhide(u64),
    Epel(u64),
    /// The Flatpaks of a Fedora.
    Flatpak(u64),
}

/// The number of the Fedora that Rawhide becomes.
pub(crate) const RAWHIDE: u64 = 46;

/// Where on its way a build is: each has a tag.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Candidate,
    SigningPending,
    TestingPending,
    Testing,
    Pending,
    Stable,
    Override,
}

impl Release {
    /// What Bodhi calls it: `F45`.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Fedora(number) | Self::Rawhide(number) => format!("F{number}"),
            Self::Epel(number) => format!("EPEL-{number}"),
            Self::Flatpak(number) => format!("F{number}F"),
        }
    }

    /// What people call it: `Fedora 45`.
    pub(crate) fn long_name(self) -> String {
        match self {
            Self::Fedora(number) | Self::Rawhide(number) => format!("Fedora {number}"),
            Self::Epel(number) => format!("Fedora EPEL {number}"),
            Self::Flatpak(number) => format!("Fedora {number} Flatpaks"),
        }
    }

    /// What greenwave calls the product: `fedora-45`.
    pub(crate) fn product(self) -> String {
        self.long_name().to_lowercase().replace(' ', "-")
    }

    /// The front of the aliases of updates.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Fedora(_) | Self::Rawhide(_) => "FEDORA",
            Self::Epel(_) => "FEDORA-EPEL",
            Self::Flatpak(_) => "FEDORA-FLATPAK",
        }
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Fedora(number)
            | Self::Rawhide(number)
            | Self::Epel(number)
            | Self::Flatpak(number) => number,
        }
    }

    /// The branch of dist-git.
    pub(crate) fn branch(self) -> String {
        match self {
            Self::Fedora(number) | Self::Flatpak(number) => format!("f{number}"),
            Self::Rawhide(_) => "rawhide".to_owned(),
            Self::Epel(number) => format!("epel{number}"),
        }
    }

    /// What koji is asked to build for.
    pub(crate) fn target(self) -> String {
        match self {
            Self::Rawhide(_) => "rawhide".to_owned(),
            _ => format!("{}-candidate", self.dist_tag()),
        }
    }

    /// The tag that all others begin with.
    pub(crate) fn dist_tag(self) -> String {
        match self {
            Self::Fedora(number) | Self::Rawhide(number) => format!("f{number}"),
            Self::Epel(number) => format!("epel{number}"),
            Self::Flatpak(number) => format!("f{number}-flatpak"),
        }
    }

    /// The end of a build's release; empty where there is none.
    pub(crate) fn suffix(self) -> String {
        match self {
            Self::Fedora(number) | Self::Rawhide(number) => format!(".fc{number}"),
            Self::Epel(number) => format!(".el{number}"),
            Self::Flatpak(_) => String::new(),
        }
    }

    /// The tag of a place.
    pub(crate) fn tag(self, place: Place) -> String {
        let front = self.dist_tag();
        let updates = match self {
            Self::Epel(_) => "",
            _ => "-updates",
        };
        match (place, self) {
            (Place::Candidate, Self::Epel(_)) => format!("{front}-testing-candidate"),
            (Place::Candidate, _) => format!("{front}-updates-candidate"),
            (Place::SigningPending, Self::Flatpak(_)) => String::new(),
            (Place::SigningPending, _) => format!("{front}-signing-pending"),
            (Place::TestingPending, _) => format!("{front}{updates}-testing-pending"),
            (Place::Testing, _) => format!("{front}{updates}-testing"),
            (Place::Pending, _) => format!("{front}{updates}-pending"),
            (Place::Stable, Self::Rawhide(_)) => front,
            (Place::Stable, _) => format!("{front}{updates}"),
            (Place::Override, _) => format!("{front}-override"),
        }
    }
}
