import ArgumentParser
import HindsightCore

enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table, json, ndjson
}

/// Prints a list: as an aligned table, as one JSON document, or as one JSON object on each line.
struct Printer {
    struct Column {
        let title: String
        let isNumber: Bool

        init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    /// Rows that a table looks at to find how wide its columns are; later ones are cut to fit.
    private static let rowsMeasured = 1_000
    private let columns: [Column]
    private let format: OutputFormat
    private var waiting: [[String]] = []
    private var widths: [Int]?
    private var count = 0

    init(_ columns: [Column], format: OutputFormat) {
        self.columns = columns
        self.format = format
    }

    /// - Parameters:
    ///   - json: One line.
    ///   - cells: One for each column.
    mutating func print(json: @autoclosure () throws -> String, cells: @autoclosure () -> [String]) throws {
        count += 1
        switch format {
        case .ndjson: try Terminal.write(json())
        case .json: try Terminal.write((count == 1 ? "[" : ",") + json())
        case .table:
            let cells = cells().map(Terminal.printable)
            if let widths {
                try Terminal.write(row(cells, widths))
            } else {
                waiting.append(cells)
                if waiting.count == Self.rowsMeasured { try layOut() }
            }
        }
    }

    mutating func print(_ value: some Encodable, cells: @autoclosure () -> [String]) throws {
        try print(json: JSON.line(value), cells: cells())
    }

    /// Everything printed so far is on its way, however little it is.
    mutating func flush() throws {
        if format == .table, widths == nil, !waiting.isEmpty { try layOut() }
        try Terminal.flush()
    }

    mutating func finish() throws {
        switch format {
        case .ndjson: break
        case .json: try Terminal.write(count == 0 ? "[]" : "]")
        case .table: if widths == nil { try layOut() }
        }
        try Terminal.flush()
    }

    private mutating func layOut() throws {
        let widths = columns.indices.map { column in
            max(columns[column].title.count, waiting.map { $0[column].count }.max() ?? 0)
        }
        self.widths = widths
        try Terminal.write(row(columns.map(\.title), widths))
        for cells in waiting { try Terminal.write(row(cells, widths)) }
        waiting = []
    }

    private func row(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
            let isLast = index == cells.count - 1
            line += columns[index].isNumber ? padding + cell : isLast ? cell : cell + padding
            if !isLast { line += "  " }
        }
        guard let width = Terminal.width, line.count > width else { return line }
        return line.prefix(width - 1) + "…"
    }
}

extension Printer {
    /// Prints one thing: its facts below each other, or its JSON.
    static func printOne(json: String, facts: [(String, String)], format: OutputFormat) throws {
        switch format {
        case .json, .ndjson: try Terminal.write(json)
        case .table:
            let width = facts.map(\.0.count).max() ?? 0
            for (name, value) in facts {
                try Terminal.write(name + String(repeating: " ", count: width - name.count + 2) + Terminal.printable(value))
            }
        }
    }

    static func printOne(_ value: some Encodable, facts: [(String, String)], format: OutputFormat) throws {
        try printOne(json: JSON.line(value), facts: facts, format: format)
    }
}

extension JSONValue {
    /// As people read it: a text without quotes, everything else as JSON.
    var cell: String {
        get throws { if case .string(let text) = self { text } else { try JSON.line(self) } }
    }
}
