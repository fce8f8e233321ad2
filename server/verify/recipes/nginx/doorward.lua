-- Rejects access tokens of ended sessions in nginx, which looks them up in Doorward's Valkey. It verifies no token: the service
-- behind it does that. A file to copy; needs the modules lua, cjson and resty.redis (Debian: libnginx-mod-http-lua, lua-cjson,
-- lua-nginx-redis).
--
--   access_by_lua_block { require("doorward").check { host = "unix:/run/valkey/valkey.sock" } }

local cjson = require "cjson.safe"
local has_resty, redis = pcall(require, "resty.redis")
if not has_resty then
    redis = require "nginx.redis"
end

local doorward = {}

local function respond(status, header, value, code)
    ngx.status = status
    ngx.header[header] = value
    ngx.header["Content-Type"] = "application/json"
    ngx.header["Cache-Control"] = "no-store"
    ngx.print('{"code":"' .. code .. '"}')
    return ngx.exit(ngx.HTTP_OK) -- ends the request, whose status has been sent
end

local function reject(code)
    return respond(401, "WWW-Authenticate", 'Bearer error="invalid_token"', code)
end

-- The `sid` of a token; nil for what no verifier accepts.
local function session_id(token)
    if #token > 4096 then
        return nil
    end
    local payload = token:match("^[%w_-]+%.([%w_-]+)%.[%w_-]+$")
    payload = payload and payload:gsub("%-", "+"):gsub("_", "/")
    payload = payload and ngx.decode_base64(payload .. ("="):rep(-#payload % 4))
    local claims = payload and cjson.decode(payload)
    local sid = type(claims) == "table" and claims.sid
    return type(sid) == "string" and sid:match("^[%w_-]+$")
end

-- The values of a session: the heartbeat, without which the second says nothing, and the reason of its end.
local function look_up(options, sid)
    local valkey = redis:new()
    valkey:set_timeout(options.timeout or 500)
    local connected, values
    if options.port then
        connected = valkey:connect(options.host, options.port)
    else
        connected = valkey:connect(options.host)
    end
    if connected and options.password then
        connected = valkey:auth(options.password)
    end
    values = connected and valkey:mget("doorward:ended", "doorward:ended:" .. sid)
    if not values then
        return nil, nil
    end
    valkey:set_keepalive(10000, 32)
    local function text(value)
        return value ~= ngx.null and value or nil
    end
    return text(values[1]), text(values[2])
end

-- `when_stale = "accept"` accepts tokens while Valkey does not say which sessions have ended.
function doorward.check(options)
    local headers = ngx.req.get_headers().authorization
    if type(headers) == "table" then
        return reject("token_invalid")
    end
    local scheme, token = (headers or ""):match("^(%a+) +(.*)$")
    if not scheme or scheme:lower() ~= "bearer" then
        return -- The service behind responds.
    end
    local sid = session_id(token)
    if not sid then
        return reject("token_invalid")
    end
    local heartbeat, reason = look_up(options, sid)
    if reason then
        return reject("session_ended")
    end
    if not heartbeat and options.when_stale ~= "accept" then
        return respond(503, "Retry-After", "1", "unavailable")
    end
end

return doorward
