/// Who a request comes from: a name, and the roles that lists of permissions may name instead of it.
package struct Caller: Sendable, Equatable, ExpressibleByStringLiteral {
    static let anonymous: Caller = "anonymous"

    let name: String
    let roles: Set<String>

    package init(name: String, roles: Set<String> = []) {
        self.name = name
        self.roles = roles
    }

    package init(stringLiteral name: String) { self.init(name: name) }

    /// All that a list may hold to admit the caller.
    var entities: Set<String> { roles.union([name]) }
}
