/// The moments in a saga's work at which it makes a difference to die: a test kills its process there.
public enum CrashPoint: String, Sendable, CaseIterable {
    /// A plan with its intents is made, and nothing of it is in the log.
    case beforeAppend = "before-append"
    /// It is in the log, and nobody has been told.
    case afterAppend = "after-append"
    /// The intent is in the log, and the effect has not left.
    case beforeSending = "before-sending"
    /// The peer has answered, and the outcome is not in the log.
    case afterSending = "after-sending"
    case beforeLookUp = "before-look-up"
    case afterLookUp = "after-look-up"
}
