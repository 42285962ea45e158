/// Columns for a person to read: the first to the left, the others to the right.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + padding : padding + cell.0
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

extension Double {
    /// Three digits that count, thousands apart: 0.812, 12.3, 178,204.
    var forReading: String {
        guard self >= 100 else { return self < 10 ? rounded(to: self < 1 ? 3 : 2) : rounded(to: 1) }
        var digits = String(Int64(rounded()))
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits = String(digits.dropLast(3))
        }
        return ([Substring(digits)] + groups).joined(separator: ",")
    }

    private func rounded(to decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let text = String((self * scale).rounded() / scale)
        let missing = decimals - (text.split(separator: ".").last?.count ?? 0)
        return text + String(repeating: "0", count: max(0, missing))
    }
}
