/// What became of something that a source said about a card.
package enum StatementOutcome: String, Sendable, CaseIterable, CodingKeyRepresentable, Codable {
    /// The card came in with it.
    case received
    /// It said nothing new: what counts, what waits, or what was refused.
    case nothing
    /// Taken over: names, documents and whatever else is watched say the same in another spelling.
    case spelling
    /// Taken over: nothing that is watched changed, or it changed and left no past value.
    case takenOver
    /// Taken over, and a former value helps matching from then on.
    case pastOpened
    /// Taken over: a former value is current again, and what came between was an error.
    case pastWithdrawn
    /// It took back a change that waited, or had been refused.
    case tookBack
    /// Waits in review.
    case held
    case heldAccepted
    case heldRefused
    /// Waited until the source itself said something else.
    case heldWithdrawn

    /// Whether it was held, whatever came of that.
    package var isHeld: Bool {
        switch self {
        case .held, .heldAccepted, .heldRefused, .heldWithdrawn: true
        case .received, .nothing, .spelling, .takenOver, .pastOpened, .pastWithdrawn, .tookBack: false
        }
    }
}
