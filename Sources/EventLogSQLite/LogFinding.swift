package import HindsightCore

/// Something that is not as an append leaves it.
package struct LogFinding: Sendable, Hashable, CustomStringConvertible {
    /// Which part of the file was looked at.
    package enum Area: String, Sendable {
        case pages, schema, references, names, positions, streams, ids, index, end
    }

    package let area: Area
    /// Where, if it concerns one event.
    package let position: Position?
    package let problem: String

    init(_ area: Area, at position: Position? = nil, _ problem: String) {
        self.area = area
        self.position = position
        self.problem = problem
    }

    package var description: String { "\(area.rawValue)\(position.map { ", position \($0)" } ?? ""): \(problem)" }
}

/// Collects findings, as many of each area as a person will read.
struct LogFindings {
    private(set) var all: [LogFinding] = []
    static let mostOfAnArea = 20

    mutating func add(_ area: LogFinding.Area, at position: Position? = nil, _ problem: String) {
        guard all.count(where: { $0.area == area }) < Self.mostOfAnArea else { return }
        all.append(LogFinding(area, at: position, problem))
    }
}
