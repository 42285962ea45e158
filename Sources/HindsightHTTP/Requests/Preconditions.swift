import HTTPTypes
import HindsightCore

extension Call {
    /// The version that the stream must be at, by HTTP's preconditions (RFC 9110, section 13.1).
    func expectedVersion() throws(Problem) -> ExpectedVersion {
        let match = try header(.ifMatch)
        let noneMatch = try header(.ifNoneMatch)
        switch (match, noneMatch) {
        case (nil, nil): return .any
        case (nil, "*"?): return .none
        case (nil, _?): throw .field("If-None-Match", "must be *: the stream must not exist")
        case ("*"?, nil): return .exists
        case (let match?, nil):
            // "7" as the ETag of a read gives it.
            guard match.count > 2, match.first == "\"", match.last == "\"", let version = StreamVersion(match.dropFirst().dropLast()),
                version >= 0, "\"\(version)\"" == match
            else { throw .field("If-Match", "must be one version in quotes, like \"7\", or *") }
            return version == 0 ? .none : .exactly(version)
        case (_?, _?): throw .field("If-None-Match", "stands beside If-Match: send one of them")
        }
    }

    func stream() throws(Problem) -> StreamName {
        let text = try parameter("stream")
        do throws(EventLogError) {
            return try StreamName(text)
        } catch {
            if case .invalid(_, let reason) = error { throw .field("stream", reason) }
            throw .field("stream", "\(error)")
        }
    }
}
