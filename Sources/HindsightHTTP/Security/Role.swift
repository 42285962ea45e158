/// What a caller may do; the claim `roles` of a token names them.
package enum Role: String, CaseIterable, Sendable {
    case appender
    case auditor
    case `operator`
    case steward
    case manager
    case billing
}
