/// Where a note lies among the others.
package enum NotePath {
    /// What a version makes of the place that it is given.
    package enum Rules: Sendable {
        /// Several `/` become one, and no place is refused.
        case collapsing
        /// A `/` in front, no `..`, a last part of less than 255 characters, and perhaps no `/` at the end.
        case strict(refusesTrailingSlash: Bool)
    }

    package static func normalized(_ path: String, by rules: Rules) throws -> String {
        let path = path.hasPrefix("/") ? path : "/" + path
        switch rules {
        case .collapsing:
            return "/" + path.split(separator: "/").joined(separator: "/")
        case .strict(let refusesTrailingSlash):
            let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            guard let last = parts.last, last.count < 255, !path.contains("..") else {
                throw Refusal.unexpected(.io, "The place of a note has to be shorter, and without `..`")
            }
            guard !refusesTrailingSlash || !last.isEmpty else {
                throw Refusal.unexpected(.io, "The place of a note must not end with `/`")
            }
            return path
        }
    }

    /// Where a new note lands that was given no place.
    static func ofNew(_ id: String, by rules: Rules) -> String {
        switch rules {
        case .collapsing: "/Note \(id)"
        case .strict: "/Untitled Note"
        }
    }

    /// Where a clone lands that was given no place, or one under a key that the version doesn't know.
    static func ofClone(_ id: String, from source: String, by rules: Rules) -> String {
        switch rules {
        case .collapsing: "/Note \(id)"
        case .strict: "/Cloned Note_\(source)"
        }
    }
}
