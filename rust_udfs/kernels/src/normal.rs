//! The normal equations of a linear model: what a least-squares solver needs to know of the rows.

use arrow_array::{Array, Float64Array};

use crate::error::{Error, require};

/// A Gram matrix S (p × p) and a moment vector q (p) that fit each other and hold finite numbers alone.
///
/// For centred columns X and target y they are `Xᵀ X` and `Xᵀ y`. S counts as symmetric; that is not checked.
#[derive(Clone, Copy, Debug)]
pub struct Normal<'a> {
    gram: &'a [f64],
    moment: &'a [f64],
}

impl<'a> Normal<'a> {
    /// p·p numbers of the Gram matrix, row by row, and p of the moment vector.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the lengths do not fit, or a number is NULL, NaN or infinite.
    ///
    /// ```
    /// use arrow_array::Float64Array;
    /// use stratum_kernels::Normal;
    /// let (gram, moment) = (Float64Array::from(vec![2.0, 1.0, 1.0, 2.0]), Float64Array::from(vec![3.0, 3.0]));
    /// assert_eq!(Normal::new(&gram, &moment)?.width(), 2);
    /// assert!(Normal::new(&moment, &gram).is_err());
    /// # Ok::<(), stratum_kernels::Error>(())
    /// ```
    pub fn new(gram: &'a Float64Array, moment: &'a Float64Array) -> Result<Self, Error> {
        let width = moment.len();
        require(width.checked_mul(width) == Some(gram.len()), || {
            format!("a moment vector of {width} numbers, but a Gram matrix of {}", gram.len())
        })?;
        Ok(Self { gram: finite(gram, "the Gram matrix")?, moment: finite(moment, "the moment vector")? })
    }

    /// p: the number of columns of the model.
    #[must_use]
    pub fn width(&self) -> usize {
        self.moment.len()
    }

    /// The Gram matrix, row by row.
    #[must_use]
    pub fn gram(&self) -> &'a [f64] {
        self.gram
    }

    /// Row `index` of the Gram matrix, which is also its column.
    #[must_use]
    pub fn row(&self, index: usize) -> &'a [f64] {
        &self.gram[index * self.width()..(index + 1) * self.width()]
    }

    /// `S[index][index]`: the squared length of the column.
    #[must_use]
    pub fn diagonal(&self, index: usize) -> f64 {
        self.gram[index * self.width() + index]
    }

    /// The moment vector.
    #[must_use]
    pub fn moment(&self) -> &'a [f64] {
        self.moment
    }
}

/// The numbers of `array`; [`Error::Invalid`] if one of them is NULL, NaN or infinite.
pub(crate) fn finite<'a>(array: &'a Float64Array, name: &str) -> Result<&'a [f64], Error> {
    let values: &[f64] = array.values();
    require(array.null_count() == 0 && values.iter().all(|x| x.is_finite()), || {
        format!("{name} must have finite numbers alone")
    })?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_system_of_equations_is_refused() {
        let one = Float64Array::from(vec![1.0]);
        assert!(Normal::new(&one, &one).is_ok());
        for bad in [vec![Some(f64::NAN)], vec![Some(f64::INFINITY)], vec![None], vec![], vec![Some(1.0); 2]] {
            let bad = Float64Array::from(bad);
            assert!(matches!(Normal::new(&bad, &one), Err(Error::Invalid(_))), "{bad:?}");
            assert!(matches!(Normal::new(&one, &bad), Err(Error::Invalid(_))), "{bad:?}");
        }
    }

    #[test]
    fn rows_and_diagonal_are_those_of_the_matrix() -> Result<(), Error> {
        let (gram, moment) = (Float64Array::from(vec![1.0, 2.0, 2.0, 5.0]), Float64Array::from(vec![3.0, 4.0]));
        let normal = Normal::new(&gram, &moment)?;
        assert_eq!((normal.row(1), normal.diagonal(1), normal.moment()), (&[2.0, 5.0][..], 5.0, &[3.0, 4.0][..]));
        Ok(())
    }
}
