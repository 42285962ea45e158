import Crypto

/// Where event ids come from.
public protocol IdentitySource: Sendable {
    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID

    /// The id of the event that is the `ordinal`-th, from 0, of one command's: for sources whose ids follow from the command alone.
    func eventID(ordinal: Int, in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID

    /// The source for the next command, which keeps it however often it has to decide anew.
    func forNextCommand() -> any IdentitySource
}

extension IdentitySource {
    public func eventID(ordinal: Int, in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        eventID(in: stream, version: version, at: instant)
    }

    public func forNextCommand() -> any IdentitySource { self }
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
