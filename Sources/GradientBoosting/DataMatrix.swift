import BillingRetries
import CXGBoost

/// Rows as the library keeps them for training: a copy of its own.
final class DataMatrix {
    let handle: DMatrixHandle
    let rows: LabelledRows

    init(_ rows: LabelledRows) throws(XGBoostError) {
        var created: DMatrixHandle?
        try XGBoost.withArrayInterface(of: rows.matrix) { (array) throws(XGBoostError) in
            try XGBoost.call(XGDMatrixCreateFromDense(array, #"{"missing":NaN,"nthread":1}"#, &created))
        }
        guard let created else { throw XGBoostError(account: "no matrix was made") }
        handle = created
        self.rows = rows
        try set("label", rows.labels.map { $0 ? 1 : 0 })
        if let weights = rows.weights { try set("weight", weights) }
    }

    deinit { XGDMatrixFree(handle) }

    private func set(_ field: String, _ values: [Float]) throws(XGBoostError) {
        try XGBoost.call(XGDMatrixSetFloatInfo(handle, field, values, UInt64(values.count)))
    }
}
