import HTTPTypes

/// The operations of the contract, at which a fault can be armed.
package enum Operation: String, Sendable, CaseIterable {
    case login, logout, version, list, lookup, note, create, `import`, clone, rename, delete, permissions, clear
    case insert, paragraph, update, configure, move, remove
    case run, status, stop, restart
}

/// What a request is about, told from its method and path alone.
struct Target: Sendable {
    let operation: Operation?
    var note: String?
    var paragraph: String?

    init(_ method: HTTPRequest.Method, _ path: String) {
        let parts = path.split(separator: "/").dropFirst().map(String.init)
        switch (method, parts.first, parts.dropFirst().first) {
        case (.get, "version", nil): operation = .version
        case (.post, "login", nil): operation = .login
        case (.post, "login", "logout"): operation = .logout
        case (.put, "interpreter", _): operation = .restart
        case (.get, "notebook", nil): operation = .list
        case (.post, "notebook", nil): operation = .create
        case (.post, "notebook", "getByPath"): operation = .lookup
        case (.post, "notebook", "import"): operation = .import
        case (_, "notebook", "job"), (_, "notebook", "run"):
            let rest = parts.dropFirst(2)
            note = rest.first
            paragraph = rest.dropFirst().first
            operation = [.post: .run, .get: .status, .delete: .stop][method]
        case (_, "notebook", let id?):
            let rest = Array(parts.dropFirst(2))
            note = id
            paragraph = rest.first == "paragraph" ? rest.dropFirst().first : nil
            operation = Self.operation(method, rest)
        default: operation = nil
        }
    }

    /// - Parameter rest: What follows the note's id.
    private static func operation(_ method: HTTPRequest.Method, _ rest: [String]) -> Operation? {
        switch (method, rest.count, rest.first, rest.last) {
        case (.get, 0, _, _): .note
        case (.post, 0, _, _): .clone
        case (.delete, 0, _, _): .delete
        case (.put, 1, "rename", _): .rename
        case (.put, 1, "clear", _): .clear
        case (.get, 1, "permissions", _), (.put, 1, "permissions", _): .permissions
        case (.post, 1, "paragraph", _): .insert
        case (.get, 2, "paragraph", _): .paragraph
        case (.put, 2, "paragraph", _): .update
        case (.delete, 2, "paragraph", _): .remove
        case (.put, 3, "paragraph", "config"): .configure
        case (.post, 4, "paragraph", _): .move
        default: nil
        }
    }
}
