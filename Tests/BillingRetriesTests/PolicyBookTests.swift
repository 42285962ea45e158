import BillingRetries
import HindsightCore
import HindsightTesting
import Testing

@Suite("Policy book") struct PolicyBookTests {
    private static let now = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

    private func policy(_ version: Int, days: Int, name: String = "mine") -> RetryPolicy {
        RetryPolicy(
            name: name, version: version, chooser: .rules, windowDays: days, hours: LegalHours(from: 7, until: 22), rules: [],
            otherwise: .every(hours: 24), afterMethodChange: .every(hours: 24))
    }

    private func defined(_ policy: RetryPolicy) -> PolicyEvent { .defined(PolicyDefined(policy: policy, at: Self.now)) }

    private func restored(_ policy: RetryPolicy, _ restores: Int) -> PolicyEvent {
        .restored(PolicyRestored(policy: policy, restores: restores, reason: "a mistake", at: Self.now))
    }

    private func restore(_ policy: RetryPolicy, reason: String = "a mistake") -> PolicyBook.Command {
        .restore(policy, reason: reason, at: Self.now)
    }

    @Test("An earlier version's terms become the next version, with the reason")
    func restoring() throws {
        let (first, second) = (policy(1, days: 28), policy(2, days: 14))
        try Scenario(PolicyBook.self).given(defined(first), defined(second)).when(restore(first)).then(restored(first.numbered(3), 1))
        try Scenario(PolicyBook.self).given(defined(first), defined(second), restored(first.numbered(3), 1)).when(restore(second))
            .then(restored(second.numbered(4), 2))
    }

    @Test("After a rollback the next version that is defined follows on it")
    func definingAfterwards() throws {
        let (first, second) = (policy(1, days: 28), policy(2, days: 14))
        let history = [defined(first), defined(second), restored(first.numbered(3), 1)]
        let fourth = policy(4, days: 21)
        try Scenario(PolicyBook.self).given(history).when(.define(fourth, at: Self.now)).then(defined(fourth))
        try Scenario(PolicyBook.self).given(history).when(.define(policy(3, days: 21), at: Self.now)).thenRejected(.versionExists(3))
        try Scenario(PolicyBook.self).given(history).when(.define(first.numbered(3), at: Self.now)).then()
    }

    @Test("What is in force already is not restored, under whichever number it was asked for")
    func inForceAlready() throws {
        let (first, second) = (policy(1, days: 28), policy(2, days: 14))
        try Scenario(PolicyBook.self).given(defined(first)).when(restore(first)).thenRejected(.inForceAlready(version: 1))
        try Scenario(PolicyBook.self).given(defined(first), defined(second), restored(first.numbered(3), 1)).when(restore(first))
            .thenRejected(.inForceAlready(version: 3))
        try Scenario(PolicyBook.self).when(restore(.reasonRules)).thenRejected(.inForceAlready(version: 1))
    }

    @Test("A rollback needs a reason, and a version that was in force")
    func refusals() throws {
        let (first, second) = (policy(1, days: 28), policy(2, days: 14))
        try Scenario(PolicyBook.self).given(defined(first), defined(second)).when(restore(first, reason: " \t")).thenRejected(.needsReason)
        try Scenario(PolicyBook.self).given(defined(first)).when(restore(second)).thenRejected(.neverInForce(version: 2))
        try Scenario(PolicyBook.self).when(restore(first)).thenRejected(.neverInForce(version: 1))
    }

    @Test("A built-in version is the first one of its name: it is followed, restored, and never replaced", arguments: RetryPolicy.builtIn)
    func builtIn(policy builtIn: RetryPolicy) throws {
        let second = policy(2, days: 14, name: builtIn.name)
        try Scenario(PolicyBook.self).when(.define(second, at: Self.now)).then(defined(second))
        try Scenario(PolicyBook.self).when(.define(policy(1, days: 14, name: builtIn.name), at: Self.now)).thenRejected(.versionExists(1))
        try Scenario(PolicyBook.self).given(defined(second)).when(restore(builtIn)).then(restored(builtIn.numbered(3), 1))
        // Written down afterwards it would be in force again, without anybody having said so.
        try Scenario(PolicyBook.self).given(defined(second)).when(.define(builtIn, at: Self.now)).then()
    }

    @Test("A log that gave a built-in version's number to other terms keeps them, and can go back to the built-in ones")
    func shadowed() throws {
        let own = policy(1, days: 14, name: RetryPolicy.reasonRules.name)
        #expect(PolicyBook.state(after: [defined(own)]).known(as: own.name) == [own])
        try Scenario(PolicyBook.self).given(defined(own)).when(restore(.reasonRules))
            .then(restored(RetryPolicy.reasonRules.numbered(2), 1))
    }
}
