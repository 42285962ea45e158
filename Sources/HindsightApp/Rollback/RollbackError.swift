/// Why nothing was led back to an earlier state.
package enum RollbackError: Error, Equatable, CustomStringConvertible {
    /// There is no such thing, now or then.
    case unknown(String)
    /// It did not exist at the time to go back to.
    case nothingThen(String)
    case outdatedPreview(String)

    package var description: String {
        switch self {
        case .unknown(let name): "there is no \(name)"
        case .nothingThen(let name): "to: there was no \(name) then, so there is nothing to go back to"
        case .outdatedPreview(let name): "digest: the \(name) has changed since the preview: look at it again"
        }
    }
}
