//! The catalog: all messages of one language as one text, a line for each. The server has every language; a browser fetches
//! the catalog of the page's language, so that the WebAssembly contains none.

/// The lines of a catalog that have not been read.
#[cfg(any(test, not(feature = "ssr")))]
pub(super) type Lines = std::str::Split<'static, char>;

/// The next line. Called for each message, so that the code exists once.
#[cfg(any(test, not(feature = "ssr")))]
#[inline(never)]
pub(super) fn line(lines: &mut Lines) -> &'static str {
    lines.next().unwrap_or_default()
}

/// The next lines. Into a list, which takes less code than into each field.
#[cfg(any(test, not(feature = "ssr")))]
#[inline(never)]
pub(super) fn fill(lines: &mut Lines, texts: &mut [&'static str]) {
    texts.fill_with(|| line(lines));
}

/// Declares a group of messages: a struct with a field for each.
macro_rules! messages {
    ($(#[$attribute:meta])* $name:ident { $($field:ident,)* }) => {
        $(#[$attribute])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $(pub(crate) $field: &'static str,)*
        }

        impl $name {
            #[cfg(any(test, not(feature = "ssr")))]
            pub(super) fn read(lines: &mut $crate::messages::catalog::Lines) -> Self {
                let mut texts = [""; [$(stringify!($field)),*].len()];
                $crate::messages::catalog::fill(lines, &mut texts);
                let [$($field),*] = texts;
                Self { $($field),* }
            }

            #[cfg(feature = "ssr")]
            pub(super) fn lines(&self) -> Vec<&'static str> {
                vec![$(self.$field,)*]
            }
        }
    };
}

pub(super) use messages;

/// Declares the messages of one language: a struct with a field for each group.
macro_rules! language {
    ($($field:ident: $name:ident,)*) => {
        /// The messages of one language.
        #[derive(Debug)]
        pub struct Messages {
            /// For dates and times (BCP 47).
            pub(crate) locale: &'static str,
            $(pub(crate) $field: $name,)*
            /// Messages of the document around the app: on the server only.
            pub(crate) document: Document,
            #[cfg(feature = "ssr")]
            pub(crate) problems: $crate::messages::Problems,
            #[cfg(feature = "ssr")]
            pub(crate) fields: $crate::messages::Fields,
            #[cfg(feature = "ssr")]
            pub(crate) invitation: $crate::messages::Invitation,
            /// Messages of pages without scripts.
            #[cfg(feature = "ssr")]
            pub(crate) recovery: $crate::messages::Recovery,
            #[cfg(feature = "ssr")]
            pub(crate) login_code: $crate::messages::LoginCode,
            #[cfg(feature = "ssr")]
            pub(crate) mailbox: $crate::messages::Mailbox,
        }

        impl Messages {
            #[cfg(any(test, not(feature = "ssr")))]
            pub(super) fn read(catalog: &'static str) -> Self {
                let lines = &mut catalog.split('\n');
                Self {
                    locale: catalog::line(lines),
                    $($field: $name::read(lines),)*
                    document: Document::default(),
                    #[cfg(feature = "ssr")]
                    problems: Default::default(),
                    #[cfg(feature = "ssr")]
                    fields: Default::default(),
                    #[cfg(feature = "ssr")]
                    invitation: Default::default(),
                    #[cfg(feature = "ssr")]
                    recovery: Default::default(),
                    #[cfg(feature = "ssr")]
                    login_code: Default::default(),
                    #[cfg(feature = "ssr")]
                    mailbox: Default::default(),
                }
            }

            /// The catalog.
            #[cfg(feature = "ssr")]
            pub(super) fn to_catalog(&self) -> String {
                [vec![self.locale], $(self.$field.lines(),)*].concat().join("\n")
            }
        }
    };
}

pub(super) use language;
