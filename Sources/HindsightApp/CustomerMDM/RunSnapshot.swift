import CustomerMDM
import HindsightCore
import Synchronization

/// What a nightly run proposes among all cards, looked for in memory once, while the run lasts.
///
/// A merge that is appended under it carries the condition that no card of its group was touched since, as every merge does; a group that
/// was is read again from the read models.
final class RunSnapshot: Sendable {
    private let held = Mutex<(proposed: ProposedPairs, through: Position)?>(nil)

    var current: (proposed: ProposedPairs, through: Position)? { held.withLock(\.self) }

    func hold(_ proposed: ProposedPairs, through: Position) { held.withLock { $0 = (proposed, through) } }

    func drop() { held.withLock { $0 = nil } }
}
