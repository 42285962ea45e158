/// Why the notebook did not do what a request asked; the dialect turns it into a status and a body.
package enum Refusal: Error, Equatable {
    case noteNotFound(String)
    case pathNotFound(String)
    case paragraphNotFound(String)
    case forbidden(String)
    case badRequest(String)
    /// A path is taken, and the operation says so.
    case conflict(String)
    /// What Zeppelin answers with a bare 500: missing members, an index out of range, a path that is taken where a clone wants it.
    case unexpected
}
