import HTTPTypes

/// The operations at which a fault can be armed, told from a request's method and path alone.
package enum Operation: String, Sendable, CaseIterable {
    case login, list, lookup, note, create, clone, permissions, insert, run, status, stop

    init?(_ method: HTTPRequest.Method, _ path: String) {
        let parts = path.split(separator: "/").dropFirst()
        guard let first = parts.first else { return nil }
        let rest = Array(parts.dropFirst())
        switch (method, first, rest.count, rest.first, rest.last) {
        case (.post, "login", 0, _, _): self = .login
        case (.get, "notebook", 0, _, _): self = .list
        case (.post, "notebook", 0, _, _): self = .create
        case (.post, "notebook", 1, "getByPath", _): self = .lookup
        case (.post, "notebook", 2..., "job", _), (.post, "notebook", 3, "run", _): self = .run
        case (.get, "notebook", 2..., "job", _): self = .status
        case (.delete, "notebook", 2..., "job", _): self = .stop
        case (.get, "notebook", 1, _, _): self = .note
        case (.post, "notebook", 1, _, _): self = .clone
        case (.get, "notebook", 2, _, "permissions"), (.put, "notebook", 2, _, "permissions"): self = .permissions
        case (.post, "notebook", 2, _, "paragraph"): self = .insert
        default: return nil
        }
    }
}
