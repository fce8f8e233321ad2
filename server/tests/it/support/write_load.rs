//! A write load of several users, and the writes that the server has acknowledged.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{Database, PASSWORD, ServerProcess};

const NEW_PASSWORD: &str = "another horse and another staple";

/// Users, one after the other, each of whom makes every kind of write.
#[derive(Default)]
pub struct WriteLoad {
    users: usize,
    pub acknowledged: Acknowledged,
}

impl WriteLoad {
    /// Runs this many users, whose writes must all succeed.
    pub async fn run(&mut self, users: usize, server: &ServerProcess) {
        for _ in 0..users {
            self.run_user(server).await.expect("every write succeeds");
        }
    }

    /// Runs this many users, whose writes may fail.
    pub async fn attempt(&mut self, users: usize, server: &ServerProcess) {
        for _ in 0..users {
            self.run_user(server).await;
        }
    }

    /// Runs users until the writes of this many have failed.
    pub async fn run_until_failures(&mut self, limit: usize, server: &ServerProcess) {
        let mut failures = 0;
        for _ in 0..3_000 {
            failures += usize::from(self.run_user(server).await.is_none());
            if failures == limit {
                return;
            }
        }
        panic!("writes do not fail");
    }

    /// Registers a user, logs in again, labels and revokes that session, changes the password, logs in with it and, for every second user,
    /// logs out. `None` as soon as a write fails.
    async fn run_user(&mut self, server: &ServerProcess) -> Option<()> {
        self.users += 1;
        let (number, acknowledged) = (self.users, &mut self.acknowledged);
        let email = format!("user{number}@example.com");
        let form = json!({"email": email, "password": PASSWORD, "name": "Ada"});
        let (status, registration) = write(server, "POST", "/api/auth/register", "", &form).await?;
        assert_eq!(status, 201, "{registration}");
        acknowledged.users.insert(email.clone());
        acknowledged.sessions.insert(session_id(&registration));
        let authorization = bearer(&registration);

        let form = json!({"email": email, "password": PASSWORD});
        let (status, login) = write(server, "POST", "/api/auth/login", "", &form).await?;
        assert_eq!(status, 200, "{login}");
        let id = session_id(&login);
        acknowledged.sessions.insert(id.clone());

        let path = format!("/api/sessions/{id}");
        let label = format!("Phone {number}");
        let (status, body) = write(server, "PATCH", &path, &authorization, &json!({"label": label})).await?;
        assert_eq!(status, 200, "{body}");
        acknowledged.labels.insert(id.clone(), label);

        let (status, body) = write(server, "DELETE", &path, &authorization, &Value::Null).await?;
        assert_eq!(status, 204, "{body}");
        acknowledged.ended.insert(id, "revoked".into());

        let form = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
        let (status, body) = write(server, "POST", "/api/account/password", &authorization, &form).await?;
        assert_eq!(status, 204, "{body}");
        acknowledged.changed_passwords.insert(email.clone());

        let form = json!({"email": email, "password": NEW_PASSWORD});
        let (status, login) = write(server, "POST", "/api/auth/login", "", &form).await?;
        assert_eq!(status, 200, "{login}");
        acknowledged.sessions.insert(session_id(&login));
        let authorization = bearer(&login);

        if number % 2 == 0 {
            acknowledged.live.push(authorization);
            return Some(());
        }
        let (status, body) = write(server, "POST", "/api/auth/logout", &authorization, &Value::Null).await?;
        assert_eq!(status, 204, "{body}");
        acknowledged.ended.insert(session_id(&login), "logged_out".into());
        Some(())
    }
}

/// The writes that the server has acknowledged.
#[derive(Default)]
pub struct Acknowledged {
    users: HashSet<String>,
    changed_passwords: HashSet<String>,
    sessions: HashSet<String>,
    labels: HashMap<String, String>,
    ended: HashMap<String, String>,
    /// The authorization headers of the live sessions.
    pub live: Vec<String>,
}

impl Acknowledged {
    pub fn count(&self) -> usize {
        self.users.len() + self.changed_passwords.len() + self.sessions.len() + self.labels.len() + self.ended.len()
    }

    /// Asserts that the database has every acknowledged write.
    pub async fn assert_stored_in(&self, database: &Database) {
        let users = database.rows("select email, password_version from users").await;
        let versions: HashMap<_, _> = users.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
        for email in &self.users {
            assert!(versions.contains_key(email.as_str()), "the registration of {email} is lost");
        }
        for email in &self.changed_passwords {
            assert_eq!(versions.get(email.as_str()), Some(&"2"), "the new password of {email} is lost");
        }
        let sessions = database.rows("select session_id, label, end_reason from sessions").await;
        let sessions: HashMap<_, _> = sessions.iter().map(|row| (row[0].as_str(), (&row[1], &row[2]))).collect();
        for id in &self.sessions {
            assert!(sessions.contains_key(id.as_str()), "session {id} is lost");
        }
        for (id, label) in &self.labels {
            assert_eq!(sessions[id.as_str()].0, label, "the label of session {id} is lost");
        }
        for (id, reason) in &self.ended {
            assert_eq!(sessions[id.as_str()].1, reason, "the end of session {id} is lost");
        }
    }
}

/// Sends a request; `None` for a 503, which must have `Retry-After`.
async fn write(server: &ServerProcess, method: &str, path: &str, headers: &str, body: &Value) -> Option<(u16, Value)> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, head, body) = server.send(method, path, headers, &body).await.expect("a response");
    if status == 503 {
        assert!(head.contains("retry-after: "), "{head}");
        return None;
    }
    Some((status, body))
}

fn bearer(token_response: &Value) -> String {
    format!("authorization: Bearer {}\r\n", token_response["access_token"].as_str().expect("an access token"))
}

fn session_id(token_response: &Value) -> String {
    token_response["session"]["id"].as_str().expect("a session").to_owned()
}
