/// Why the notebook did not do what a request asked; the dialect turns it into a status and a body.
package enum Refusal: Error, Equatable {
    /// What Java would have thrown; only some versions tell.
    package enum Exception: String, Sendable {
        case nullPointer = "NullPointerException"
        case indexOutOfBounds = "IndexOutOfBoundsException"
        case io = "IOException"
        case runtime = "RuntimeException"
    }

    case noteNotFound(String)
    case paragraphNotFound(String)
    case forbidden(String)
    case badRequest(String)
    case precondition(String)
    /// A path is taken where a note is created, imported or renamed; not every version says so.
    case conflict(String)
    /// What Zeppelin answers with a bare 500: missing members, an index out of range, a path that is taken where a clone wants it.
    case unexpected(Exception, String? = nil)
}
