/// Where a note lies among the others.
package enum NotePath {
    /// A path as 0.12.1 takes it: `/` in front, no `..`, no `/` at the end, a last part of less than 255 characters.
    package static func normalized(_ path: String) throws -> String {
        let path = path.hasPrefix("/") ? path : "/" + path
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.last, !last.isEmpty, last.count < 255, !parts.contains(where: { $0.contains("..") }) else {
            throw Refusal.unexpected
        }
        return path
    }
}
