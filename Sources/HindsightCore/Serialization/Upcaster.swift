/// Rewrites data of one older schema version into the next one, purely: `(2.0, "amount")` becomes `(200, "amountMinor")`.
public struct Upcaster: Sendable {
    public let type: EventType
    public let fromVersion: Int
    public let rewrite: @Sendable (JSONValue) -> JSONValue

    public init(_ type: EventType, from version: Int, rewrite: @escaping @Sendable (JSONValue) -> JSONValue) {
        self.type = type
        fromVersion = version
        self.rewrite = rewrite
    }

    /// The steps of one type in their order, which has to lead without a gap to the version that is written.
    static func chain(of steps: [Upcaster], to current: Int) -> ArraySlice<Upcaster> {
        let steps = steps.sorted { $0.fromVersion < $1.fromVersion }
        for (index, step) in steps.enumerated() {
            let expected = current - steps.count + index
            precondition(
                step.fromVersion == expected && expected >= 1,
                """
                the upcasters of \(step.type) are from versions \(steps.map(\.fromVersion)): one step for each version, the last from \
                \(current - 1)
                """)
        }
        return steps[...]
    }
}
