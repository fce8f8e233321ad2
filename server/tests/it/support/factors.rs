//! Users with second factors.

use doorward_api::{ErrorCode, Problem};
use serde_json::{Value, json};
use server::model::{
    recovery_code::RecoveryCode,
    totp::{Seed, SeedId, step_at},
};

use super::{Browser, PASSWORD, Response, TestApp};

/// What a user has beside the password.
pub struct Factors {
    seed: Seed,
    codes: Vec<String>,
}

impl Factors {
    /// The code that the app of the user shows now, or some steps before or after.
    pub fn code(&self, app: &TestApp, steps: i64) -> Value {
        json!({"totp": self.seed.code(step_at(app.now()) + steps)})
    }

    pub fn recovery_code(&self, number: usize) -> Value {
        json!({"recovery_code": self.codes[number]})
    }

    /// Six digits that no step of these days has.
    pub fn wrong_code(&self, app: &TestApp) -> Value {
        let near: Vec<_> = (-3000..3000).map(|steps| self.seed.code(step_at(app.now()) + steps)).collect();
        let unused = (0..1_000_000).map(|number| format!("{number:06}")).find(|code| !near.contains(code));
        json!({"totp": unused.expect("a million codes are more")})
    }
}

/// The members of both objects.
pub fn merged(one: &Value, other: &Value) -> Value {
    let members = [one, other].into_iter().flat_map(|value| value.as_object().expect("an object").clone());
    Value::Object(members.collect())
}

impl TestApp {
    /// Gives a user an authenticator app and recovery codes, and turns the second step on.
    pub async fn turn_on_second_step(&self, email: &str) -> Factors {
        let factors = self.set_up_totp(email).await;
        self.database()
            .execute(format!(
                "update users set second_step = 1, factors_version = factors_version + 1 where email = '{email}'"
            ))
            .await;
        factors
    }

    async fn set_up_totp(&self, email: &str) -> Factors {
        let user_id = self.database().value(format!("select user_id from users where email = '{email}'")).await;
        let (id, seed) = (SeedId::generate(), Seed::generate());
        let sealed = self.state().totp_sealer.seal(&id.0, seed.as_bytes());
        self.database()
            .execute(format!(
                "insert into totp_seeds (seed_id, user_id, sealed, created_at, confirmed_at) \
                 values ('{}', '{user_id}', '{sealed}', 1, 1)",
                id.0
            ))
            .await;
        let codes: Vec<_> = (0..10).map(|_| RecoveryCode::generate()).collect();
        for code in &codes {
            self.database()
                .execute(format!(
                    "insert into recovery_codes (code_hash, user_id, created_at) values ('{}', '{user_id}', 1)",
                    code.hash().as_str()
                ))
                .await;
        }
        Factors { seed, codes: codes.iter().map(RecoveryCode::to_groups).collect() }
    }

    /// Replaces the seed of a user, as a new set-up does.
    pub async fn replace_totp(&self, email: &str) -> Factors {
        self.database().execute("delete from totp_seeds").await;
        let factors = self.set_up_totp(email).await;
        self.database().execute("update users set factors_version = factors_version + 1").await;
        factors
    }

    /// The first step of a login; returns what is asked for then.
    pub async fn second_factor_required(&self, email: &str) -> Problem {
        self.log_in(email, PASSWORD).await.assert_refused(ErrorCode::SecondFactorRequired).problem()
    }

    /// The ticket of a login whose password was right.
    pub async fn login_ticket(&self, email: &str) -> String {
        self.second_factor_required(email).await.ticket.expect("a ticket")
    }

    pub async fn send_factor(&self, ticket: &str, factor: &Value) -> Response {
        self.post("/api/auth/login/factor").json(&merged(&json!({"ticket": ticket}), factor)).await
    }

    /// A new browser in which the user has logged in with both steps.
    pub async fn logged_in_with(&self, email: &str, factor: &Value) -> Browser {
        let ticket = self.login_ticket(email).await;
        Browser::from_response(self, email, self.send_factor(&ticket, factor).await.assert_status(200))
    }
}

impl Browser {
    pub async fn confirm_with(&self, proof: &Value) -> Response {
        self.post("/api/auth/confirm").json(proof).await
    }

    /// Confirms with the password and a factor.
    pub async fn confirm_with_factor(&self, factor: &Value) -> Response {
        self.confirm_with(&merged(&json!({"password": PASSWORD}), factor)).await
    }
}
