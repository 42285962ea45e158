/// Who a request comes from, and what it may do.
package struct Caller: Sendable, Equatable {
    /// The claim `sub` of the token: 1…255 bytes without control characters. `nil` where nobody has to say who they are.
    package let subject: String?
    package let roles: Set<Role>

    package init(subject: String?, roles: Set<Role>) {
        (self.subject, self.roles) = (subject, roles)
    }

    /// Everybody, where no keys are configured: such a server listens on loopback only, and grants every role.
    package static let local = Caller(subject: nil, roles: Set(Role.allCases))

    /// Who has shown no token: enough for what everybody may see.
    package static let nobody = Caller(subject: nil, roles: [])
}
