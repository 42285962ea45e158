import HindsightCore

/// Weights of a model that Splink has saved (`linker.misc.save_model_to_json`, versions 3 and 4): the m- and u-probabilities of each level.
///
/// A comparison goes by its output column's name, in camel or snake case. Of its levels the first is the exact one and the last the
/// difference; what lies between becomes `variant` and `similar`, in that order, and only `similar` where it is one.
package struct SplinkModel: Sendable {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case notAModel(String)
        case noProbability(Double, column: String)
        case nothingInCommon(of: [String], with: [String])

        package var description: String {
            switch self {
            case .notAModel(let reason): "this is no model that Splink has saved: \(reason)"
            case .noProbability(let value, let column): "\(column) has the probability \(value): one is from 0 to 1"
            case .nothingInCommon(let columns, let comparisons):
                "the model compares \(columns.joined(separator: ", ")), the profile \(comparisons.joined(separator: ", ")): "
                    + "name the comparisons as the model names its columns"
            }
        }
    }

    private struct File: Decodable {
        struct Comparison: Decodable {
            let column: String
            let levels: [Level]

            enum CodingKeys: String, CodingKey {
                case column = "output_column_name"
                case levels = "comparison_levels"
            }
        }
        struct Level: Decodable {
            let isNull: Bool?
            let m: Double?
            let u: Double?

            enum CodingKeys: String, CodingKey {
                case isNull = "is_null_level"
                case m = "m_probability"
                case u = "u_probability"
            }
        }
        let comparisons: [Comparison]
    }

    package let weights: TrainedWeights
    /// Columns of the model that the profile doesn't compare.
    package let unused: [String]
    /// Comparisons with more levels than ours have: the ones in the middle are left out.
    package let shortened: [String]

    /// - Throws: ``Failure``.
    package init(_ bytes: [UInt8], for profile: Profile) throws(Failure) {
        let file: File
        do {
            file = try JSON.decode(File.self, from: bytes)
        } catch let error as DecodingError {
            let (pointer, reason) = error.pointerAndReason
            throw .notAModel(pointer.isEmpty ? reason : "\(pointer) \(reason)")
        } catch {
            throw .notAModel("it is not JSON")
        }
        var (comparisons, unused, shortened): ([TrainedWeights.Comparison], [String], [String]) = ([], [], [])
        for column in file.comparisons {
            let name = Self.folded(column.column)
            guard let comparison = profile.comparisons.first(where: { Self.folded($0.name) == name }) else {
                unused.append(column.column)
                continue
            }
            for value in column.levels.flatMap({ [$0.m, $0.u] }).compactMap(\.self) where !(0...1).contains(value) {
                throw .noProbability(value, column: column.column)
            }
            let odds = column.levels.filter { $0.isNull != true }.map { level in
                level.m.flatMap { m in level.u.flatMap { u in m + u > 0 ? TrainedWeights.LevelOdds(m: m, u: u) : nil } }
            }
            if odds.count > 4 { shortened.append(comparison.name) }
            let middle = odds.dropFirst().dropLast()
            let named: [(Level, TrainedWeights.LevelOdds??)] = [
                (.exact, odds.first), (.variant, middle.count > 1 ? middle.first : nil), (.similar, middle.last),
                (.different, odds.count > 1 ? odds.last : nil),
            ]
            var levels: [String: TrainedWeights.LevelOdds] = [:]
            for (level, odds) in named { if let odds, let odds { levels[level.rawValue] = odds } }
            comparisons.append(TrainedWeights.Comparison(name: comparison.name, levels: levels, frequencies: nil))
        }
        guard !comparisons.isEmpty else {
            throw .nothingInCommon(of: file.comparisons.map(\.column), with: profile.comparisons.map(\.name))
        }
        weights = TrainedWeights(comparisons: comparisons, evidence: nil)
        (self.unused, self.shortened) = (unused, shortened)
    }

    private static func folded(_ name: String) -> String { name.filter { $0 != "_" }.lowercased() }
}
