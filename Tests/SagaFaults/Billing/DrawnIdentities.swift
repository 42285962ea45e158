import BillingRetries
import HindsightCore
import HindsightTesting
import Synchronization

/// Ids as a service draws them, each another one, and from the seed: two sagas that write into one stream at one instant are told apart.
final class DrawnIdentities: IdentitySource {
    private let chance: Mutex<SeededGenerator>

    init(seed: String) { chance = Mutex(SeededGenerator(Digest64.of(seed))) }

    func eventID(in stream: StreamName, version: StreamVersion, at instant: Timestamp) -> EventID {
        let entropy = chance.withLock { chance in (0..<10).map { _ in UInt8(truncatingIfNeeded: chance.next() >> 24) } }
        return .version7(at: instant, entropy: entropy)
    }
}
