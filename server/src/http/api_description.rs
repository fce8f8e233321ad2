//! Completes the API description: what the layers around the handlers do is the same for all operations, so that it follows
//! from the method, the body and the credential of each, and is not repeated at the handlers.

use utoipa::openapi::{
    Content, OpenApi, PathItem, Ref, RefOr, Response,
    path::Operation,
    request_body::RequestBody,
    schema::{AdditionalProperties, Schema},
    security::SecurityRequirement,
};

const PROBLEM: &str = "application/problem+json";

/// A response of the layers and extractors: status, description, and whether an operation can give it, which may change
/// something or not.
type Implied = (&'static str, &'static str, fn(&Operation, bool) -> bool);

const IMPLIED: [Implied; 7] = [
    (
        "400",
        "`malformed_request`: the body is not JSON, a member has the wrong type, or two cookies have the same name",
        |operation, _| operation.request_body.is_some() || operation.security.is_some(),
    ),
    ("401", "No valid credential: see `GET /api/me`", |operation, _| operation.security.is_some()),
    ("403", "`cross_site_request`: the request came from another site", |_, is_change| is_change),
    ("413", "`too_large`: the body is over 16 KiB", |_, is_change| is_change),
    ("415", "`unsupported_media_type`: the body is not `application/json`", |_, is_change| is_change),
    ("422", "`invalid_input`: a field is unknown", |operation, _| operation.request_body.is_some()),
    // The probes of the operator are always answered.
    ("503", "`unavailable` or `busy`: try again", |operation, _| {
        operation.tags.iter().flatten().all(|tag| tag != "operation")
    }),
];

/// Adds the implied responses, marks errors as problem details, and closes the schemas of request bodies: unknown fields
/// are refused. `cookie` is the security scheme that replaces an access token.
pub fn complete(api: &mut OpenApi, cookie: &str) {
    let mut bodies = Vec::new();
    for PathItem { get, post, put, patch, delete, .. } in api.paths.paths.values_mut() {
        for (operation, is_change) in [(get, false), (post, true), (put, true), (patch, true), (delete, true)] {
            if let Some(operation) = operation {
                bodies.extend(operation.request_body.as_mut().and_then(close));
                complete_operation(operation, is_change, cookie);
            }
        }
    }
    let schemas = api.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (name, schema) in schemas {
        if let (true, RefOr::T(Schema::Object(object))) = (bodies.contains(name), schema) {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

fn complete_operation(operation: &mut Operation, is_change: bool, cookie: &str) {
    if let Some(security) = &mut operation.security {
        security.push(SecurityRequirement::new(cookie, [""; 0]));
    }
    let implied = IMPLIED.iter().filter(|(.., is_given)| is_given(operation, is_change)).collect::<Vec<_>>();
    let responses = &mut operation.responses.responses;
    for (status, description, _) in implied {
        let problem = || {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            let mut response = Response::new(*description);
            response.content.insert(PROBLEM.into(), content.into());
            response.into()
        };
        responses.entry((*status).into()).or_insert_with(problem);
    }
    for (status, response) in responses {
        if let (true, RefOr::T(response)) = (status.as_str() >= "400", response)
            && let Some(content) = response.content.shift_remove("application/json")
        {
            response.content.insert(PROBLEM.into(), content);
        }
    }
    for response in operation.responses.responses.values_mut() {
        // A JWT is text with a syntax of its own: with a schema, tools parse it as JSON.
        if let RefOr::T(response) = response
            && let Some(RefOr::T(content)) = response.content.get_mut("application/jwt")
        {
            content.schema = None;
        }
    }
}

/// The name of the schema of a request body. An optional body is left out, never `null`.
fn close(body: &mut RefOr<RequestBody>) -> Option<String> {
    let RefOr::T(body) = body else { return None };
    let RefOr::T(content) = body.content.get_mut("application/json")? else { return None };
    if let Some(RefOr::T(Schema::OneOf(one_of))) = &content.schema {
        let schema = one_of.items.iter().find(|item| matches!(item, RefOr::Ref(_))).cloned();
        content.schema = schema;
    }
    let Some(RefOr::Ref(schema)) = &content.schema else { return None };
    schema.ref_location.rsplit('/').next().map(str::to_owned)
}
