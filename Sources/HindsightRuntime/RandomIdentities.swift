public import HindsightCore

/// Time-ordered random ids: what a service wants.
public struct RandomIdentities: IdentitySource {
    public init() {}

    public func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        var generator = SystemRandomNumberGenerator()
        return .version7(at: instant, entropy: (0..<10).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}
