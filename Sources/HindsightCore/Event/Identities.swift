import Crypto

/// Where event ids come from.
public protocol IdentitySource: Sendable {
    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID
}

/// Ids that follow from a seed, the stream and the version: the same run gives the same ids on every machine.
public struct SeededIdentities: IdentitySource {
    private let seed: String

    public init(seed: String) { self.seed = seed }

    public func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        let hash = SHA256.hash(data: Array("\(seed)\u{0}\(stream)\u{0}\(version)".utf8))
        return .version7(at: instant, entropy: Array(hash.prefix(10)))
    }
}
