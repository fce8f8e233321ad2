//! The page map. The routes of the browser and those of the server are made from it.

use crate::{
    leptos_ext::erase,
    pages::{Account, Activity, Home, Inspector, Login, Register, Security, Sessions, Users},
    router::{Audience, Route},
};

/// All pages.
pub const PAGES: [Route; 9] = [
    Route::new("/", Audience::Everyone, || erase(Home)),
    Route::new("/register", Audience::Guests, || erase(Register)),
    Route::new("/login", Audience::Guests, || erase(Login)),
    Route::new("/account", Audience::Users, || erase(Account)),
    Route::new("/security", Audience::Users, || erase(Security)),
    Route::new("/sessions", Audience::Users, || erase(Sessions)),
    Route::new("/activity", Audience::Users, || erase(Activity)),
    Route::new("/users", Audience::Users, || erase(Users)),
    Route::new("/inspector", Audience::Users, || erase(Inspector)),
];

#[cfg(test)]
mod tests {
    use super::PAGES;

    #[test]
    fn each_path_is_one_page_and_canonical() {
        for page in PAGES {
            assert_eq!(PAGES.iter().filter(|other| other.path == page.path).count(), 1, "{}", page.path);
            assert!(page.path == "/" || page.path.starts_with('/') && !page.path.ends_with('/'), "{}", page.path);
        }
    }
}
